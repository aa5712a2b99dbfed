// The one door to the parser of command lines.
export { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
