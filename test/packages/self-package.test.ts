// One process for all of them, so that the packages are built once.
import './self-package/files.ts';
import './self-package/launch.ts';
import './self-package/lint.ts';
import './self-package/native.ts';
import './self-package/programs.ts';
import './self-package/releases.ts';
