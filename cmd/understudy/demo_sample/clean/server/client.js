// Calls {{TITLE}} from the server. The key comes from the environment; what is logged is its name.
const base = process.env.API_BASE_URL ?? '{{HOST}}';

export async function call(path) {
  const response = await fetch(base + path, { headers: { '{{HEADER}}': '{{SCHEME}}' + process.env.{{KEY_NAME}} } });
  if (!response.ok) console.error('call failed', { status: response.status, credential: 'the one of this server' });
  return response.json();
}
