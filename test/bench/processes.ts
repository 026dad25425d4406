import { readdirSync, readFileSync } from "node:fs";

/** Linux counts processor time in hundredths of a second (USER_HZ). */
const TICKS_PER_SECOND = 100;

/** Processor seconds, user and system, that a process has used; 0 where /proc does not say. */
export function cpuSeconds(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ");
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  } catch {
    return 0;
  }
}

/** Resident memory in MiB; 0 where /proc does not say. */
export function residentMiB(pid: number): number {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

/** The kube-apiserver that listens on a port, and its etcd. Empty for an embedded server. */
export function serverProcesses(port: string): readonly number[] {
  const commands = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid): [number, string][] => {
      try {
        return [[Number(pid), readFileSync(`/proc/${pid}/cmdline`, "utf8")]];
      } catch {
        return [];
      }
    });
  const server = commands.find(([, command]) => command.includes("kube-apiserver") && command.includes(`--secure-port=${port}\0`));
  const store = /--etcd-servers=([^\0]+)/.exec(server?.[1] ?? "")?.[1];
  const etcd = store && commands.find(([, command]) => !command.includes("kube-apiserver") && command.includes(store));
  return [...(server ? [server[0]] : []), ...(etcd ? [etcd[0]] : [])];
}
