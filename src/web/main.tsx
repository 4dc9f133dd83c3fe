import './without-eval.ts';
import '@mantine/core/styles.css';
import '@mantine/notifications/styles.css';
import { createRoot } from 'react-dom/client';
import { flushSync } from 'react-dom';
import { App } from './app/app.tsx';
import { createPortal } from './portal/create-portal.ts';
import { watchPage } from './session/page-events.ts';

const portal = createPortal();
const element = document.querySelector('#root');
if (element === null) throw new Error('index.html has no element #root');
createRoot(element).render(<App portal={portal} />);
watchPage(portal.session, () => flushSync(() => portal.session.dispatch({ type: 'suspended' })));
portal.session.start();
