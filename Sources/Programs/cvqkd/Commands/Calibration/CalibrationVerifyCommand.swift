import ArgumentParser
import CalibrationRecords
import Foundation
import NodeReports

struct CalibrationVerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Verifies bytes, signatures and chains: of the store, of one record, or of an exported file.",
        discussion: """
            Exit code 14 if something is damaged, 15 if nothing is and a key is not trusted here. An exported file is \
            verified without the store; its key is looked up among the trusted ones, or compared with --key.

            EXAMPLES:
              cvqkd calibration verify
              cvqkd calibration verify --heads heads-2026-11.json
              cvqkd calibration verify bob.cal --key rack-4.pem
            """)

    @Argument(help: "A record's name or the beginning of it, or an exported file. Without it: the whole store.")
    var subject: String?

    @Option(
        help: ArgumentHelp(
            "Heads that 'calibration export --heads' wrote: finds chains cut back since.", valueName: "file"),
        completion: .file())
    var heads: String?

    @Option(help: ArgumentHelp("The public key that must have signed everything.", valueName: "file|key"))
    var key: String?

    @OptionGroup var store: StoreOptions
    @OptionGroup var trust: PinOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if subject != nil, heads != nil { throw ValidationError("--heads concerns the whole store, not one record.") }
    }

    func run() async throws {
        let pinned = try key.map(StoreOptions.publicKey)
        var verification: Verification
        if let subject, !isName(subject) {
            verification = try Verification(
                file: subject, StoreOptions.read(subject), trusted: TrustedKeys.load(store.folder), pinned: pinned)
        } else {
            let contents = try store.calibrations(trust).contents()
            verification = try Verification(contents, only: subject, pinned: pinned)
            if let heads {
                verification.add(
                    try ChainHeads.read(StoreOptions.read(heads), file: heads).findings(in: contents))
            }
        }
        try Output.show(verification.text, json: verification, if: output.json)
        if let failure = verification.failure { throw failure }
    }

    /// A file that exists is a file, whatever it is called.
    private func isName(_ text: String) -> Bool {
        access(text, F_OK) != 0 && !text.contains("/") && text.allSatisfy(\.isHexDigit)
    }
}
