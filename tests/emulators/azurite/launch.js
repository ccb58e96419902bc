// Runs Azurite's blob service for as long as stdin stays open.
//
//     NODE_PATH=<folder with node_modules> node launch.js
//
// Prints `ready http://127.0.0.1:PORT` on stdout once it listens; everything else goes to stderr. The end of stdin ends
// it at once: whoever holds the other end may die in any way and leaves nothing behind. It keeps everything in memory, and
// has one container, `tests`.

"use strict";

const crypto = require("crypto");
const http = require("http");

// The account and the key that Azurite documents. Everybody has them.
const ACCOUNT = "devstoreaccount1";
const KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

// Settings of a developer's shell must not reach it.
for (const name of Object.keys(process.env)) {
  if (name.startsWith("AZURITE_")) {
    delete process.env[name];
  }
}

process.stdin.on("end", () => process.exit(0));
process.stdin.on("error", () => process.exit(0));
process.stdin.resume();

// What it prints must not mix with the one line that the caller reads. Among it is where it listens.
const LISTENING = /Azurite Blob service (?:is )?successfully listen(?:s|ing) (?:at|on) (http:\/\/\S+)/;
console.log = (...words) => {
  const line = words.join(" ");
  const found = LISTENING.exec(line);
  if (found) {
    makeContainer(found[1], () => process.stdout.write(`ready ${found[1]}\n`));
  } else {
    console.error(line);
  }
};

// Create Container, signed with the shared key:
// https://learn.microsoft.com/en-us/rest/api/storageservices/authorize-with-shared-key
function makeContainer(endpoint, done) {
  const headers = { "x-ms-date": new Date().toUTCString(), "x-ms-version": "2021-12-02" };
  const canonical = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`).join("");
  const resource = `/${ACCOUNT}/${ACCOUNT}/tests\nrestype:container`;
  const text = `PUT${"\n".repeat(12)}${canonical}${resource}`;
  const signature = crypto.createHmac("sha256", Buffer.from(KEY, "base64")).update(text).digest("base64");
  headers.Authorization = `SharedKey ${ACCOUNT}:${signature}`;
  headers["Content-Length"] = "0";
  const request = http.request(`${endpoint}/${ACCOUNT}/tests?restype=container`, { method: "PUT", headers });
  request.on("response", (answer) => {
    answer.resume();
    if (answer.statusCode !== 201) {
      console.error(`the container cannot be made: ${answer.statusCode}`);
      process.exit(1);
    }
    done();
  });
  request.on("error", (error) => {
    console.error(error);
    process.exit(1);
  });
  request.end();
}

process.argv.push("--blobHost", "127.0.0.1", "--blobPort", "0");
process.argv.push("--inMemoryPersistence", "--silent", "--disableTelemetry", "--skipApiVersionCheck");
require("azurite/dist/src/blob/main");
