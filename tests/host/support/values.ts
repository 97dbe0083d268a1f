/** The marks by which the engine sends what JSON cannot say, see @pulumi/pulumi/runtime/rpc. */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4";

/** A resource of the program that is not part of any component. */
export const MACHINE = "urn:pulumi:stack::project::test:index:Machine::machine";

/** A value that the program made a secret; the engine sends secrets as outputs. */
export function secret(value: unknown): object {
    return { [SIGNATURE]: OUTPUT, value, secret: true };
}

/** An output of another resource, whose value is known. */
export function output(value: unknown, { isSecret = false } = {}): object {
    return { [SIGNATURE]: OUTPUT, value, secret: isSecret, dependencies: [MACHINE] };
}

/** An output of another resource that only an update makes. */
export function unknown({ isSecret = false } = {}): object {
    return { [SIGNATURE]: OUTPUT, secret: isSecret, dependencies: [MACHINE] };
}
