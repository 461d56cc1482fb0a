import common from "../locales/en/common.json";
import own from "../locales/en/sign_in.json";

export default { ...common, ...own };
