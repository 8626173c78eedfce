/** What a user writes: a poll's bars, on one connection of the whole app and on a connection of the component. */
import { createClient } from 'poleparty-client';
import { StrictMode, useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';

const { http, ws, poll } = Object.fromEntries(new URLSearchParams(location.search));
const polls = createClient({ http, ws });
const shared = polls.live();
window.mounts = 0;

function Bars({ id, own }) {
  const [state, setState] = useState();
  useEffect(() => {
    window.mounts += 1;
    const live = own ? polls.live() : shared;
    const stop = live.watchPoll(poll, setState);
    return () => (own ? live.close() : stop());
  }, [own]);
  return (
    <ul id={id}>
      {state?.poll.options.map(({ option_id, option_text, vote_count }) => (
        <li key={option_id}>{`${option_text} ${vote_count}`}</li>
      ))}
    </ul>
  );
}

function App() {
  const [isShown, setShown] = useState(true);
  return (
    <>
      <button type="button" onClick={() => setShown(!isShown)}>
        Show or hide
      </button>
      {isShown && <Bars id="shared" />}
      {isShown && <Bars id="own" own />}
    </>
  );
}

createRoot(document.getElementById('root')).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
