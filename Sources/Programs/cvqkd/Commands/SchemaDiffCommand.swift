import ArgumentParser
import NodeReports
import UnitSchema

struct SchemaDiffCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Compares two protocols and names the first field that differs in each message.",
        discussion: """
            With one argument: this program against it. With two: the first against the second. The exit code is 6 if a \
            message means different things on both sides, else 0; messages and fields that one side lacks are no obstacle.

            EXAMPLES:
              cvqkd schema diff usb:B-0001
              cvqkd schema diff old.xml new.xml
            """)

    @Argument(help: "A unit, or a file.")
    var first: String

    @Argument(help: "A file, or another unit.")
    var second: String?

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let (here, there): (Schema, Schema)
        if let second {
            (here, there) = (try await SchemaSource.schema(first), try await SchemaSource.schema(second))
        } else {
            here = try Schema(parsing: SchemaSource.own, file: "this program's schema")
            there = try await SchemaSource.schema(first)
        }
        let document = SchemaDifferencesDocument(from: here, to: there)
        let differences = document.differences
        let text: Page = differences.isEmpty ? "No difference." : differences.map(Self.line).lines
        try Output.show(text, json: document, if: output.json)
        if let fatal = differences.first(where: { !$0.compatible }) {
            throw CommandFailure(
                .incompatible, "\(fatal.text). Both sides need the same field here: update the older one")
        }
    }

    private static func line(_ difference: SchemaDifferencesDocument.Difference) -> String {
        (difference.compatible ? "compatible    " : "INCOMPATIBLE  ") + difference.text
    }
}
