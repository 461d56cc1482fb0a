import common from "../locales/en/common.json";
import own from "../locales/en/vote.json";

export default { ...common, ...own };
