import common from "../locales/de/common.json";
import own from "../locales/de/administration.json";
import results from "../locales/de/results.json";
import vote from "../locales/de/vote.json";

// The preview is the voter's ballot, the figures are those of the results page.
export default { ...common, ...vote, ...results, ...own };
