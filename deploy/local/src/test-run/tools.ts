/** Programs that tests call beside the hub: kcat, and unmodified SDKs of Python and Java. */
import { realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Reporter } from '../console/reporter.js';
import { javaEnvironment } from '../engines/kafka.js';
import { installPackages, type PackageName } from '../machine/packages.js';
import { findJava, findProgram } from '../machine/programs.js';
import { runCommand } from '../machine/run-command.js';
import { isMade, locateFolder, makeFolder } from './made-folder.js';

interface ToolSettings {
  readonly repositoryDir: string;
  /** Where what is fetched is kept from one run to the next. */
  readonly enginesDir: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** @returns the variables that tell the tests where the programs are */
export async function ensureTools(
  settings: ToolSettings,
  reporter: Reporter,
): Promise<Readonly<Record<string, string>>> {
  const { environment } = settings;
  const javaDevices = locateJavaDevices(settings);
  const s3Store = locateS3Store(settings);
  const ofMaven = [javaDevices, s3Store];
  await installPackages(await missingPackages(settings, ofMaven), environment, reporter);
  const java = findJava(environment) ?? 'java';
  if (!isMade(javaDevices)) {
    reporter.say('fetching the Java SDK for the tests with Maven …');
    await makeJavaDevices(settings, javaDevices, java);
  }
  if (!isMade(s3Store)) {
    reporter.say('fetching S3Proxy for the tests with Maven …');
    await makeS3Store(settings, s3Store, java);
  }
  return {
    LINCHPIN_TEST_KCAT: findProgram('kcat', environment) ?? 'kcat',
    LINCHPIN_TEST_PYTHON: await ensurePython(settings, reporter),
    LINCHPIN_TEST_JAVA: java,
    LINCHPIN_TEST_JAVA_DEVICES: javaDevices,
    LINCHPIN_TEST_S3_STORE: s3Store,
  };
}

async function missingPackages(
  { environment }: ToolSettings,
  ofMaven: readonly string[],
): Promise<readonly PackageName[]> {
  const missing: PackageName[] = [];
  if (findProgram('kcat', environment) === undefined) {
    missing.push('kcat');
  }
  if (findProgram('python3', environment) === undefined || !(await hasVenv(environment))) {
    missing.push('python3-venv');
  }
  if (findJava(environment) === undefined) {
    missing.push('java-runtime');
  }
  if (!ofMaven.every(isMade) && findProgram('mvn', environment) === undefined) {
    missing.push('maven');
  }
  return missing;
}

async function hasVenv(env: Readonly<Record<string, string>>): Promise<boolean> {
  const { code } = await runCommand(['python3', '-c', 'import ensurepip, venv'], { env });
  return code === 0;
}

/** A Python of its own for the packages that the tests need, made anew when their list changes. */
async function ensurePython(
  { repositoryDir, enginesDir, environment }: ToolSettings,
  reporter: Reporter,
): Promise<string> {
  const requirements = join(repositoryDir, 'test-e2e', 'python', 'requirements.txt');
  const folder = locateFolder({ enginesDir, name: 'python', madeFrom: [requirements] });
  const python = join(folder, 'bin', 'python');
  if (!isMade(folder)) {
    reporter.say('installing the Python SDK for the tests …');
    const commands = [
      ['python3', '-m', 'venv', folder],
      [python, '-m', 'pip', 'install', '--quiet', '--requirement', requirements],
    ];
    await makeFolder(folder, 'The Python SDK', commands, environment);
  }
  return python;
}

function javaFiles(repositoryDir: string): { readonly project: string; readonly source: string } {
  const folder = join(repositoryDir, 'test-e2e', 'java');
  return { project: join(folder, 'pom.xml'), source: join(folder, 'MultiplexedDevices.java') };
}

/** Its classes are in `classes`, those that it needs in `lib`. */
function locateJavaDevices({ repositoryDir, enginesDir }: ToolSettings): string {
  const { project, source } = javaFiles(repositoryDir);
  return locateFolder({ enginesDir, name: 'java', madeFrom: [project, source] });
}

async function makeJavaDevices(
  settings: ToolSettings,
  folder: string,
  java: string,
): Promise<void> {
  const { project } = javaFiles(settings.repositoryDir);
  const goals = [`-Doutput=${folder}`, 'compile'];
  const command = mavenCommand(settings, { project, goals, folder });
  await makeFolder(folder, 'The Java SDK', [command], mavenEnvironment(settings, java));
}

function s3Project(repositoryDir: string): string {
  return join(repositoryDir, 'libs', 'testing', 's3-store', 'pom.xml');
}

/** What it needs is in `lib`. */
function locateS3Store({ repositoryDir, enginesDir }: ToolSettings): string {
  return locateFolder({ enginesDir, name: 's3-store', madeFrom: [s3Project(repositoryDir)] });
}

async function makeS3Store(settings: ToolSettings, folder: string, java: string): Promise<void> {
  const project = s3Project(settings.repositoryDir);
  const command = mavenCommand(settings, { project, goals: [], folder });
  await makeFolder(folder, 'S3Proxy', [command], mavenEnvironment(settings, java));
}

interface MavenWork {
  /** Its pom.xml. */
  readonly project: string;
  /** Before its dependencies are copied. */
  readonly goals: readonly string[];
  readonly folder: string;
}

function mavenCommand(
  { environment }: ToolSettings,
  { project, goals, folder }: MavenWork,
): readonly string[] {
  return [
    ...[findProgram('mvn', environment) ?? 'mvn', '-q', '-B', '-f', project, ...goals],
    ...['dependency:copy-dependencies', '-DincludeScope=runtime'],
    `-DoutputDirectory=${join(folder, 'lib')}`,
  ];
}

/** Maven takes JAVA_HOME at its word, and may see no other Java than the one found here. */
function mavenEnvironment(
  { environment }: ToolSettings,
  java: string,
): Readonly<Record<string, string>> {
  return javaEnvironment({ ...environment, JAVA_HOME: dirname(dirname(realpathSync(java))) });
}
