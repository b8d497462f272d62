// Sets the chosen theme before anything is painted. Without a choice the system decides.
try {
  const theme = localStorage.getItem('understudy-theme')
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme
} catch {
  // A browser that keeps nothing: the system decides.
}
