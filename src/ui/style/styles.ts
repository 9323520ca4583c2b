/** All the page's styles. `tokens.css` names the order of the layers, so it comes first. */
import './tokens.css';
import './reset.css';
import './base.css';
import './shell.css';
import './controls.css';
import './components.css';
import './overlays.css';
import './charts.css';
import './compare.css';
import './lanes.css';
import './evidence.css';
import './library.css';
