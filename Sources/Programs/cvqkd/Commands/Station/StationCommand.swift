import ArgumentParser

struct StationCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "station",
        abstract: "Makes the key that signs calibration records here, and says whose signatures are believed.",
        discussion: """
            The secret key lies on this machine: records are tamper-evident, not tamper-proof. \
            'cvqkd calibration export --heads' makes a note of all chains that can be kept elsewhere.

            EXAMPLES:
              cvqkd station init --name rack-4 --operator kim
              cvqkd station show --pem > rack-4.pem
              cvqkd station trust maker.pem --name maker --as factory
            """,
        subcommands: [
            StationInitCommand.self, StationShowCommand.self, StationTrustCommand.self, StationRevokeCommand.self,
            StationListCommand.self,
        ])
}
