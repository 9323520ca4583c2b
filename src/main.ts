/** Mounts the page. */
import { mount } from 'svelte';
import { openLab } from './lab';
import App from './ui/App.svelte';
import './ui/style/styles';

const target = document.getElementById('page');
if (target) mount(App, { target, props: { lab: openLab() } });
