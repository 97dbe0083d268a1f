/** Commands that carry nothing. */
import { oneCommandEach } from "./commands";

oneCommandEach();
