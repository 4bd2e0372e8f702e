"""Renders recorded traffic as a camera on a pole sees it: see docs/render-traffic.md."""
