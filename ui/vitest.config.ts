import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";
import { messages } from "./vite.config";

export default defineConfig({
  plugins: [svelte(), messages()],
  test: { include: ["tests/unit/**/*.test.ts"], environment: "node" },
});
