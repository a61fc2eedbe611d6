// Browsers without modules can't run the survey's own: they get its pages without scripts.
location.replace(location.pathname.replace(/\/$/, '') + '/plain' + location.search);
