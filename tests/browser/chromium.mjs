// Starts a real Chromium: the one that CHROME_BIN names, the one inside an npm package, or an installed Chrome.
import { spawnSync } from 'node:child_process';
import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress } from 'node:zlib';
import { chromium } from 'playwright-core';
import { root, toolsFolder } from '../../scripts/tools.mjs';

const PACKAGE = join(root, 'node_modules', '@sparticuz', 'chromium');
const ADVICE = 'Install Chrome or Chromium (Debian: apt-get install chromium) and name its program in CHROME_BIN.';

/** Starts Chromium without a window and returns a Browser of Playwright. */
export async function launchChromium() {
  const { env = {}, ...which } = await findChromium();
  try {
    // Chromium's sandbox does not work for root, who runs the tests in many containers.
    const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
    return await chromium.launch({ ...which, args, env: { ...process.env, ...env } });
  } catch (error) {
    throw new Error(
      `Chromium does not start (${which.executablePath ?? 'an installed Chrome'}). ${ADVICE}\n${error.message}`,
    );
  }
}

async function findChromium() {
  const { CHROME_BIN } = process.env;
  if (CHROME_BIN) {
    if (!existsSync(CHROME_BIN)) throw new Error(`CHROME_BIN names ${CHROME_BIN}, which is not there.`);
    return { executablePath: CHROME_BIN };
  }
  // The package holds a program only for Linux on x64.
  if (process.platform !== 'linux' || process.arch !== 'x64') return { channel: 'chrome' };
  const folder = await unpacked();
  return {
    executablePath: join(folder, 'chromium'),
    env: { FONTCONFIG_FILE: join(folder, 'fonts.conf'), ...libraries(folder) },
  };
}

/**
 * Returns the folder with the content of the package. It is unpacked once for all clones, beside the other
 * tools.
 */
async function unpacked() {
  const { version } = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8'));
  const folder = join(toolsFolder(), `chromium-${version}`);
  if (existsSync(folder)) return folder;
  mkdirSync(toolsFolder(), { recursive: true });
  const staging = mkdtempSync(join(toolsFolder(), '.staging-chromium-'));
  const unpack = (name, to, options) =>
    pipeline(
      createReadStream(join(PACKAGE, 'bin', name)),
      createBrotliDecompress(),
      createWriteStream(join(staging, to), options),
    );
  try {
    await Promise.all([
      unpack('chromium.br', 'chromium', { mode: 0o755 }),
      unpack('al2023.tar.br', 'lib.tar'),
      unpack('fonts.tar.br', 'fonts.tar'),
    ]);
    for (const archive of ['lib.tar', 'fonts.tar']) {
      const { status, stderr, error } = spawnSync('tar', ['-xf', archive], { cwd: staging, encoding: 'utf8' });
      if (status !== 0) throw new Error(`tar -xf ${archive}: ${error?.message ?? stderr}`);
      rmSync(join(staging, archive));
    }
    writeFileSync(join(staging, 'fonts.conf'), fontConfiguration(folder));
    renameSync(staging, folder);
  } catch (error) {
    rmSync(staging, { recursive: true, force: true });
    // Another run was faster.
    if (!existsSync(folder)) throw error;
  }
  return folder;
}

/** Writes a configuration with the machine's fonts and one of the package, so that there is at least one. */
function fontConfiguration(folder) {
  const folders = ['/usr/share/fonts', '/usr/local/share/fonts', join(folder, 'fonts')];
  const fonts = folders.map((name) => `<dir>${name}</dir>`).join('');
  const cache = `<cachedir>${join(folder, 'font-cache')}</cachedir>`;
  return `<?xml version="1.0"?>\n<fontconfig>${fonts}${cache}</fontconfig>\n`;
}

/** Returns the package's libraries if the machine lacks one of them. */
function libraries(folder) {
  const { stdout } = spawnSync('ldd', [join(folder, 'chromium')], { encoding: 'utf8' });
  return stdout?.includes('not found')
    ? { LD_LIBRARY_PATH: [join(folder, 'lib'), process.env.LD_LIBRARY_PATH].filter(Boolean).join(':') }
    : {};
}
