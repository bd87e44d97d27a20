import ArgumentParser
import ProgramStart
import Foundation
import UnitEmulator

/// `cvqkd-emulator run`: powers pairs up and serves them until SIGINT or SIGTERM.
struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Powers pairs up and serves them until SIGINT or SIGTERM.")

    /// How hosts reach the units.
    enum Transport: String, ExpressibleByArgument, CaseIterable { case pty, usbip, gadget }
    /// Which units of a pair are served as gadgets.
    enum Served: String, ExpressibleByArgument, CaseIterable { case both, alice, bob }

    @Option(help: "Number of pairs.")
    var pairs = 1
    @Option(
        help: """
            pty: pseudo-terminals. usbip: USB devices of this kernel (needs root and vhci_hcd). gadget: USB devices for \
            the host at this machine's device controllers (needs root and usb_f_fs).
            """)
    var transport = Transport.pty
    @Flag(help: "Short for --transport gadget.")
    var gadget = false
    @Option(help: "USB device controller to use, from /sys/class/udc; may be repeated (default: the free ones).")
    var udc: [String] = []
    @Option(help: "Which units become gadgets; the other end of a pair stays behind a pseudo-terminal.")
    var only = Served.both
    @Option(help: "USB speed: high or super.")
    var usbSpeed = "super"
    @Option(help: "Directory for the links to the pseudo-terminals; made if it is not there.")
    var directory = "/tmp/cvqkd-emulator"
    @Option(help: "Path of the control socket (default: DIRECTORY/control.sock).")
    var socket: String?
    @Option(help: "Time from Dark to Ready, s.")
    var warmUp = 3.0
    @Option(help: "Depth of each unit's stream FIFO, bytes.")
    var streamBuffer = 8 << 20
    @Flag(help: "Symbols come as fast as they are taken instead of at the symbol rate; nothing is ever lost.")
    var noPacing = false
    @Option(
        help: ArgumentHelp(
            "Break this rule of the protocol on purpose; may be given again. 'defects' lists them.", valueName: "name"),
        transform: DefectsCommand.read)
    var defect: [FirmwareDefect] = []
    @Option(
        help: ArgumentHelp(
            "Attack every pair from the start; may be given again. 'attacks' lists names and strengths.",
            valueName: "name[=strength]"), transform: AttacksCommand.read)
    var attack: [AttacksCommand.Order] = []
    @OptionGroup(title: "Physics") var model: ModelOptions

    func validate() throws {
        guard (1...64).contains(pairs) else { throw ValidationError("--pairs is 1 to 64") }
        guard warmUp >= 0, warmUp <= 3_600 else { throw ValidationError("--warm-up is 0 to 3600 s") }
        guard (65_536...(1 << 30)).contains(streamBuffer) else {
            throw ValidationError("--stream-buffer is 65536 to 1073741824 bytes")
        }
        guard gadget || transport == .gadget || (udc.isEmpty && only == .both) else {
            throw ValidationError("--udc and --only belong to --gadget")
        }
        guard !gadget || transport != .usbip else {
            throw ValidationError("--gadget and --transport usbip exclude each other")
        }
        guard usbSpeed == "high" || usbSpeed == "super" else { throw ValidationError("--usb-speed is high or super") }
    }

    func run() throws {
        let signals = Signals()
        let directory = URL(fileURLWithPath: directory).path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let rack = Rack()
        defer { rack.stop() }
        for index in 0..<pairs {
            var configuration = PairConfiguration(model: model.model(pair: index))
            configuration.index = index
            configuration.isPaced = !noPacing
            configuration.warmUpTime = warmUp
            configuration.streamBufferBytes = streamBuffer
            configuration.adjust = { [defect] unit in unit.defects = Set(defect) }
            let pair = EmulatedPair(configuration)
            for order in attack { pair.inject(order.attack, strength: order.strength) }
            switch gadget ? .gadget : transport {
            case .pty: try rack.addTerminals(pair, directory: directory)
            case .usbip: try rack.addDevices(pair, isSuperSpeed: usbSpeed == "super")
            case .gadget:
                try rack.addGadgets(
                    pair, only: only, controllers: udc, isSuperSpeed: usbSpeed == "super", directory: directory)
            }
        }
        let server = try ControlServer(path: socket ?? directory + "/control.sock", rack: rack)
        defer { server.stop() }
        for line in rack.lines { try StandardOutput.line(line) }
        try StandardOutput.line("ready")
        signals.wait()
    }
}

/// SIGINT and SIGTERM, taken synchronously: blocked in every thread that is started later.
struct Signals {
    init() {
        signal(SIGPIPE, SIG_IGN)
        var set = Self.set
        pthread_sigmask(SIG_BLOCK, &set, nil)
    }

    private static var set: sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, SIGINT)
        sigaddset(&set, SIGTERM)
        return set
    }

    func wait() {
        var set = Self.set
        var received: Int32 = 0
        sigwait(&set, &received)
    }
}
