// The browser for scripts of tests, as `xtask::browser` runs them.

"use strict";

const { chromium } = require("playwright-core");

// A Chromium that asks nobody anything. It has no sandbox: what it opens are our own pages, and as root it has none.
function launch() {
  return chromium.launch({
    executablePath: process.env.STACK_CHROMIUM,
    chromiumSandbox: false,
    args: ["--disable-gpu", "--disable-quic", "--disable-component-update", "--disable-sync", "--no-first-run"],
  });
}

module.exports = { launch };
