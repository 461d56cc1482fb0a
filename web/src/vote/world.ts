// The browser, as what casts votes wants it.
import type { World } from "./casting.ts";

export const world: World = {
  fetch: (path, init) => fetch(path, init),
  pause: (ms) =>
    new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        window.removeEventListener("online", done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      window.addEventListener("online", done);
    }),
  random: Math.random,
};
