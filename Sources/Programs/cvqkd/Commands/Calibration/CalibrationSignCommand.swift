import ArgumentParser
import CalibrationRecords
import Foundation
import NodeReports

struct CalibrationSignCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign",
        abstract: "For makers: signs a file of factory values with an Ed25519 key.",
        discussion: """
            The values are a record as JSON, in the form in which 'cvqkd calibration export' writes records, of the \
            procedure "factory", with one phase and a measurement each, such as {"name": "detectorEfficiency", \
            "value": 0.604, "sigma": 0.008, "unit": "1", "source": "factory"}; what is missing is named. The key is a PKCS#8 file of mode 0600.

            EXAMPLES:
              openssl genpkey -algorithm ed25519 -out maker.key && chmod 600 maker.key
              openssl pkey -in maker.key -pubout -out maker.pem
              cvqkd calibration sign b-0001.json --key maker.key --output b-0001-factory.cal
            """)

    @Argument(help: "The values, as JSON.", completion: .file())
    var file: String

    @Option(help: ArgumentHelp("The maker's secret key.", valueName: "file"), completion: .file())
    var key: String

    @Option(name: [.long, .customShort("o")], help: "File to write.", completion: .file())
    var output: String

    @Flag(help: "Overwrite the file.")
    var force = false

    @OptionGroup var format: OutputOptions

    func run() async throws {
        let record = try CalibrationRecord.read(StoreOptions.read(file), file: file)
        guard record.procedure == .factory else {
            throw RecordError.notAFactoryImport(procedure: record.procedure.rawValue)
        }
        let envelope = try Envelope(signing: RecordCoding.encode(record), with: SigningKey(file: key))
        try AtomicFile.write(envelope.data(), to: output, replacing: force)
        let fingerprint = envelope.signature.publicKey.fingerprint
        try Output.show(
            "\(output): \(envelope.name), signed by \(fingerprint)",
            json: SignedFileDocument(name: envelope.name, output: output, fingerprint: fingerprint), if: format.json)
    }
}
