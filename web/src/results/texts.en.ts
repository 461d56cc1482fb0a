import common from "../locales/en/common.json";
import own from "../locales/en/results.json";

export default { ...common, ...own };
