import common from "../locales/en/common.json";
import own from "../locales/en/administration.json";
import results from "../locales/en/results.json";
import vote from "../locales/en/vote.json";

// The preview is the voter's ballot, the figures are those of the results page.
export default { ...common, ...vote, ...results, ...own };
