import { defineConfig } from "vitest/config";

/** Where `npm run dev` finds a running `fieldpost demo`. */
const server = process.env["FIELDPOST_URL"] ?? "http://127.0.0.1:8080";
const forward = { target: server, changeOrigin: false };

export default defineConfig({
  build: {
    target: ["chrome111", "firefox115", "safari16.4"],
    // The policy of the page allows no data: fonts or scripts, so nothing is inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
    // The app, and the frames on other people's pages, which are small and know nothing of it.
    rollupOptions: { input: ["index.html", "embed.html"] },
  },
  server: {
    // The wizard hands out the Arduino library of the examples.
    fs: { allow: [".."] },
    proxy: { "/api": forward, "/channels": forward, "/update": forward },
  },
  test: {
    include: ["src/**/*.test.{ts,tsx}"],
  },
});
