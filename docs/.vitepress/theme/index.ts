// The default theme of VitePress with colours of its own.

import theme from 'vitepress/theme';
import './style.css';

export default theme;
