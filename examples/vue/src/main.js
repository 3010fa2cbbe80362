import { createApp } from 'vue';
import Desk from './Desk.js';

createApp(Desk).mount('#app');
