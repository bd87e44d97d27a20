import ArgumentParser
import CalibrationRecords
import ForeignFiles
import Foundation
import NodeReports
import RawKey

struct EvidenceVerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Computes V_on, bound, every quantity and the verdict of windows from their records alone.",
        discussion: """
            Records of one session, in order, are a chain as well: no window may be missing, because V_on has to be \
            estimated from all of them, the revoked ones included. docs/evidence.md has the formulas.

            Exit code 14 if something does not follow from the records, 15 if everything does and a key that signed is \
            not one of those given. That a window failed its evidence and was revoked is no error.

            EXAMPLES:
              cvqkd evidence verify window-17.record
              cvqkd evidence verify --node-key bob.pem --node-key alice.pem window-*.record
            """)

    @Argument(help: "Records of windows (WindowRecord of proto/cvqkd/rawkey/v1/evidence.proto), in order.")
    var files: [String]

    @Option(
        name: .customLong("node-key"), parsing: .singleValue,
        help: ArgumentHelp("The public key of a node that may have signed; may be repeated.", valueName: "file|key"))
    var nodeKeys: [String] = []

    @OptionGroup var output: OutputOptions

    /// A window of a million cells has some 300 MB.
    private static let record = ForeignFileKind("a record of a window", mostBytes: 512 << 20)

    func run() async throws {
        let pinned = try nodeKeys.map(StoreOptions.publicKey)
        let records = try files.map { Data(try ForeignFile.bytes(of: $0, Self.record)) }
        let audit = SessionAudit(records: records, pinned: pinned.isEmpty ? nil : pinned)
        let verification = EvidenceVerification(audit, files: files, keysWereGiven: !pinned.isEmpty)
        try Output.show(verification.text, json: verification, if: output.json)
        if let failure = verification.failure { throw failure }
    }
}
