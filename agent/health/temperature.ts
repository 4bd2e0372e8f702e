// How warm the box is: the hottest of its thermal zones and of the processor's own sensors.

import { type HostFiles, hostFiles } from './host-files.ts';

export interface Sensor {
  name: string;
  celsius: number;
  criticalCelsius: number | undefined;
}

/** Of the thermal zones and the processor's own sensors (coretemp, k10temp); temperatures are in thousandths of °C. */
export function hottest(files: HostFiles = hostFiles()): Sensor | undefined {
  const zones = files.names('sys/class/thermal').filter((name) => /^thermal_zone\d+$/.test(name));
  const sensors: Sensor[] = zones.flatMap((zone) => {
    const folder = `sys/class/thermal/${zone}`;
    const value = files.number(`${folder}/temp`);
    if (value === undefined) return [];
    const trip = files
      .names(folder)
      .find((name) => /^trip_point_\d+_type$/.test(name) && files.text(`${folder}/${name}`) === 'critical');
    const critical = trip && files.number(`${folder}/${trip.replace('_type', '_temp')}`);
    return [
      {
        name: files.text(`${folder}/type`) ?? zone,
        celsius: value / 1000,
        criticalCelsius: critical ? critical / 1000 : undefined,
      },
    ];
  });
  for (const chip of files.names('sys/class/hwmon')) {
    const name = files.text(`sys/class/hwmon/${chip}/name`);
    if (name !== 'coretemp' && name !== 'k10temp') continue;
    for (const input of files
      .names(`sys/class/hwmon/${chip}`)
      .filter((file) => /^temp\d+_input$/.test(file))) {
      const value = files.number(`sys/class/hwmon/${chip}/${input}`);
      const critical = files.number(`sys/class/hwmon/${chip}/${input.replace('_input', '_crit')}`);
      if (value !== undefined)
        sensors.push({ name, celsius: value / 1000, criticalCelsius: critical && critical / 1000 });
    }
  }
  return sensors.sort((a, b) => b.celsius - a.celsius)[0];
}
