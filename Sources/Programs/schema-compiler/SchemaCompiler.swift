import ArgumentParser
import ProgramStart

@main
struct SchemaCompiler: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema-compiler",
        abstract: "Checks the unit protocol's schema and turns it into code, vectors and a reference page.",
        subcommands: [Generate.self, Check.self, Fingerprint.self])

    static func main() { begin() }
}
