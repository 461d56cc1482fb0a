import common from "../locales/de/common.json";
import own from "../locales/de/results.json";

export default { ...common, ...own };
