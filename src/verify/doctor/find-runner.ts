import { parseProcStatus } from '../../formats/proc-status.ts';
import { orNull, readText } from '../read-proc.ts';

/** The variable that each service sets in its jobs; the last one is everybody's. */
const services: readonly (readonly [string, string])[] = [
  ['GITHUB_ACTIONS', 'GitHub Actions'],
  ['GITLAB_CI', 'GitLab CI'],
  ['FORGEJO_ACTIONS', 'Forgejo Actions'],
  ['GITEA_ACTIONS', 'Gitea Actions'],
  ['CIRCLECI', 'CircleCI'],
  ['BUILDKITE', 'Buildkite'],
  ['TF_BUILD', 'Azure Pipelines'],
  ['JENKINS_URL', 'Jenkins'],
  ['TEAMCITY_VERSION', 'TeamCity'],
  ['CI', 'a CI service'],
];

/**
 * The CI service whose job a process belongs to; null when it is none. sudo takes the variables away, so
 * those of the processes above it count as well, where they can be seen.
 */
export function findRunner(proc = '/proc', pid = process.pid): string | null {
  const status = orNull(readText(`${proc}/${pid}/status`));
  if (status === null) return null;
  const words = (orNull(readText(`${proc}/${pid}/environ`)) ?? '').split('\0');
  const service = services.find(([name]) => words.some((word) => isSet(word, name)));
  if (service !== undefined) return service[1];
  const { ppid } = parseProcStatus(status);
  return ppid > 0 && ppid !== pid ? findRunner(proc, ppid) : null;
}

function isSet(word: string, name: string): boolean {
  return word.startsWith(`${name}=`) && !/=(|0|false)$/i.test(word);
}
