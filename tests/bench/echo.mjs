// What the chat is measured beside: npm `ws` sending every text back, and nothing else. Prints its port, which may be given.
import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';

const http = createServer();
const echo = new WebSocketServer({ server: http, handleProtocols: (offered) => [...offered][0] });
echo.on('connection', (ws) => ws.on('message', (data) => ws.send(data, { binary: false })));
http.listen(Number(process.argv[2] ?? 0), '127.0.0.1', 4096, () => console.log(http.address().port));
