"use strict";
const fs=require("fs");
require("node:test").test("x", async () => {
  fs.cpSync(process.env.PAGES, "/tmp/spike/pages", {recursive:true});
  const { launch } = require("../../../tests/browser/browser.js");
  const b = await launch(); console.log(b.version()); await b.close();
});
