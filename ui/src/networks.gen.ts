// Written from core's table of networks by src-tauri/api's tests (KOSSORI_WRITE=1). Do not edit.

export type Way = "nobody" | "browser" | "paste" | "app_password" | "token";
export type Field = "name" | "handle" | "server" | "client_id" | "client_secret";

export interface Network {
  name: string;
  title: string;
  ways: readonly Way[];
  required: readonly Field[];
  optional: readonly Field[];
  ports: readonly number[];
  visibilities: readonly string[];
  pictures: boolean;
  paid: boolean;
}

export const NETWORKS: readonly Network[] = [
  {
    name: "practice",
    title: "Practice",
    ways: ["nobody"],
    required: [],
    optional: ["name"],
    ports: [],
    visibilities: [],
    pictures: true,
    paid: false,
  },
  {
    name: "bluesky",
    title: "Bluesky",
    ways: ["app_password", "browser"],
    required: ["handle"],
    optional: ["server"],
    ports: [],
    visibilities: [],
    pictures: true,
    paid: false,
  },
  {
    name: "mastodon",
    title: "Mastodon",
    ways: ["browser", "paste", "token"],
    required: ["server"],
    optional: [],
    ports: [],
    visibilities: ["public", "unlisted", "private", "direct"],
    pictures: true,
    paid: false,
  },
  {
    name: "misskey",
    title: "Misskey",
    ways: ["browser", "token"],
    required: ["server"],
    optional: [],
    ports: [],
    visibilities: ["public", "unlisted", "private", "direct"],
    pictures: true,
    paid: false,
  },
  {
    name: "x",
    title: "X",
    ways: ["browser", "token"],
    required: ["client_id"],
    optional: ["server"],
    ports: [8737, 8738, 8739],
    visibilities: [],
    pictures: true,
    paid: true,
  },
  {
    name: "threads",
    title: "Threads",
    ways: ["token", "paste"],
    required: [],
    optional: ["client_id", "client_secret", "server"],
    ports: [],
    visibilities: [],
    pictures: false,
    paid: false,
  },
  {
    name: "linkedin",
    title: "LinkedIn",
    ways: ["browser", "paste", "token"],
    required: [],
    optional: ["client_id", "client_secret", "server"],
    ports: [8737, 8738, 8739],
    visibilities: ["public", "private"],
    pictures: true,
    paid: false,
  },
];
