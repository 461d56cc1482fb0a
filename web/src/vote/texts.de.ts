import common from "../locales/de/common.json";
import own from "../locales/de/vote.json";

export default { ...common, ...own };
