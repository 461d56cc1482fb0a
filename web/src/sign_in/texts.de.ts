import common from "../locales/de/common.json";
import own from "../locales/de/sign_in.json";

export default { ...common, ...own };
