// A worker in plain Node.js (18 or newer), without dependencies: node worker.mjs HANDLER
// TRACKS_SERVER: where the coordinator is; TRACKS_API_TOKEN: a worker's token, where it wants one.
const server = process.env.TRACKS_SERVER ?? 'http://127.0.0.1:8080';
const token = process.env.TRACKS_API_TOKEN;
const handler = process.argv[2] ?? 'drive';
const worker = `node-${process.pid}`;
let stopping = false;
process.on('SIGTERM', () => (stopping = true)); // the claim that waits is answered first

/** The work itself: what it returns is handed on. */
async function perform(input) {
  return { ...input, doneBy: worker };
}

async function post(path, body) {
  const headers = { 'Content-Type': 'application/json', ...(token && { Authorization: `Bearer ${token}` }) };
  const response = await fetch(`${server}/api${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  const answer = await response.json();
  if (!response.ok) throw Object.assign(new Error(answer.detail), { status: response.status });
  return answer;
}

async function run({ correlationId, trackId, attempt, payload }) {
  const track = `/runs/${correlationId}/tracks/${trackId}`;
  const alive = setInterval(() => post(`${track}/heartbeat`, { attempt, lease: '30s' }).catch(() => {}), 10_000);
  try {
    await post(`${track}/complete`, { attempt, payload: await perform(payload) });
  } catch (error) {
    if (error.status === 409) return console.error(`dropped: ${error.message}`); // somebody else has it now
    await post(`${track}/fail`, { attempt, error: { class: error.name, message: error.message } });
  } finally {
    clearInterval(alive);
  }
}

while (!stopping) {
  try {
    const { work } = await post(`/handlers/${handler}/claims?wait=20`, { worker, max: 5, lease: '30s' });
    await Promise.all(work.map(run));
  } catch (error) {
    console.error(error.message); // the server is away: what was begun is given to others when its lease ends
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
}
