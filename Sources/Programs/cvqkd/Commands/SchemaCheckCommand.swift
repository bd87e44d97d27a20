import ArgumentParser
import NodeReports
import UnitSchema

struct SchemaCheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Checks a schema file and says everything that is wrong with it.",
        discussion: """
            EXAMPLE:
              cvqkd schema check firmware-schemas/unit-protocol.xml
            """)

    @Argument(help: "The XML file.")
    var file: String

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let schema = try Schema(parsing: try SchemaSource.text(file: file), file: file)
        try Output.show(
            "\(file): schema \(schema.id), version \(schema.version)\(schema.semanticVersion.map { " (\($0))" } ?? ""), "
                + "\(schema.messages.count) messages, no findings",
            json: SchemaCheckDocument(schema, file: file), if: output.json)
    }
}
