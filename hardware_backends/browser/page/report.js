// For a browser without a driver: posts what the page can use to the site that it came from.
import { probe } from '/page/probe.js';

const told = await probe().catch(error => ({ error: String(error) }));
await fetch('/', { method: 'POST', body: JSON.stringify(told) });
