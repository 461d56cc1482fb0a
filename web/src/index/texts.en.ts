import common from "../locales/en/common.json";
import own from "../locales/en/index.json";

export default { ...common, ...own };
