// The least page around ODK Web Forms: it loads a form and shows it.

import { OdkWebForm, webFormsPlugin } from '@getodk/web-forms';
import { createApp, h } from 'vue';

const formXml = await (await fetch('form.xml')).text();
const fetchFormAttachment = async () => new Response('', { status: 404 });
createApp({ render: () => h(OdkWebForm, { formXml, fetchFormAttachment, onSubmit() {} }) }).use(webFormsPlugin).mount('#app');
