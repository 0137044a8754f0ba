// A page with the useCompletion hook of Vercel's ai, which calls the gateway by itself: it needs no server of its own.
import { useCompletion } from '@ai-sdk/react';
import { useState } from 'react';
import { createRoot } from 'react-dom/client';
import { completionFetch } from './completion-fetch.js';

function App() {
  const [baseUrl, setBaseUrl] = useState('http://127.0.0.1:8787');
  // demo-secret is the local run's. A page for others carries no secret: their users sign in, and their token is the key.
  const [key, setKey] = useState('demo-secret');
  const { completion, input, handleInputChange, handleSubmit, isLoading, stop, error } = useCompletion({
    api: `${baseUrl}/v1/completions`,
    headers: { Authorization: `Bearer ${key}` },
    body: { model: 'StarCoder', max_tokens: 200 },
    streamProtocol: 'text',
    fetch: completionFetch,
    initialInput: 'def fibonacci(n):',
  });

  return (
    <form onSubmit={handleSubmit}>
      <label>
        Gateway <input type="url" value={baseUrl} onChange={(event) => setBaseUrl(event.target.value)} />
      </label>
      <label>
        Key, or token of a signed-in user
        <input type="password" value={key} onChange={(event) => setKey(event.target.value)} />
      </label>
      <label>
        Prompt <textarea rows={4} value={input} onChange={handleInputChange} />
      </label>
      <button type="submit" disabled={isLoading}>
        Complete
      </button>
      <button type="button" disabled={!isLoading} onClick={stop}>
        Stop
      </button>
      <pre id="answer">{completion}</pre>
      <p role="status">{isLoading ? 'Writing …' : error?.message}</p>
    </form>
  );
}

createRoot(document.getElementById('root')).render(<App />);
