import common from "../locales/de/common.json";
import own from "../locales/de/index.json";

export default { ...common, ...own };
