// Unpacks the Chromium that its package has, with the libraries and fonts that it needs.
//
//     NODE_PATH=<folder with node_modules> node unpack.js FOLDER
//
// The package's own way unpacks into the folder for temporary files, where two processes meet.

"use strict";

const fs = require("fs");
const path = require("path");
const { pipeline } = require("stream/promises");
const { createBrotliDecompress } = require("zlib");
const tar = require("tar-fs");

async function main(folder) {
  const packed = path.join(process.env.NODE_PATH, "@sparticuz/chromium/bin");
  const unpack = (name, to) =>
    pipeline(fs.createReadStream(path.join(packed, `${name}.br`)), createBrotliDecompress(), to);
  await unpack("chromium", fs.createWriteStream(path.join(folder, "chromium"), { mode: 0o755 }));
  await unpack("al2023.tar", tar.extract(folder));
  await unpack("fonts.tar", tar.extract(folder));
  fs.writeFileSync(path.join(folder, "fonts.conf"), fonts(folder));
}

// Its own font first, so that what is measured and drawn depends little on the machine; the machine's for the rest.
function fonts(folder) {
  const prefer = (family) =>
    `<alias binding="strong"><family>${family}</family><prefer><family>Open Sans</family></prefer></alias>`;
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${path.join(folder, "fonts")}</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>${path.join(folder, "cache")}</cachedir>
  ${["system-ui", "sans-serif"].map(prefer).join("\n  ")}
</fontconfig>
`;
}

main(process.argv[2]).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
