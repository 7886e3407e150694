// What Cloudflare has around a Worker: where the points of an Analytics Engine dataset go, as workerd's own binding sends them, and a rate limiter, which workerd
// alone does not have. That one is a service here, called by the method that the real binding has.
import { WorkerEntrypoint } from "cloudflare:workers";

const points = [];
const counted = {};
const text = (bytes) => new TextDecoder().decode(new Uint8Array(bytes));

export default {
  async fetch(request) {
    const { index1, blob1, blob2, blob3, double1, double2 } = await request.json();
    points.push({ indexes: [index1].map(text), blobs: [blob1, blob2, blob3].map(text), doubles: [double1, double2] });
    return new Response();
  },
};

export class RateLimiter extends WorkerEntrypoint {
  limit({ key }) {
    counted[key] = (counted[key] ?? 0) + 1;
    return { success: counted[key] <= Number(this.env.LIMIT) };
  }
}

/** What has been written and counted. */
export class Control extends WorkerEntrypoint {
  fetch() {
    return Response.json({ points, counted });
  }
}
