import Glibc

/// A power meter behind the kernel's own usbtmc driver: `usbtmc_power_meter.py` is a gadget on `dummy_hcd`, and `cvqkd` reads
/// it as a user does. What the driver answers to faults is not in its documentation.
extension SmokeSuite {
    func runInstrumentChecks() async {
        await check("usbtmc: a power is read through the kernel's driver") {
            let read = try Self.meter("", "cvqkd power-meter read scpi:/dev/usbtmc0 --accuracy 0.03 --json")
            try expect(read.status == 0 && read.output.contains("\"Fabrikam,PM-1,SN42,1.07\""), read.output)
            let text = read.output.firstRange(of: "\"power\" : ").map { read.output[$0.upperBound...] } ?? ""
            let power = Double(text.prefix { "0123456789.e-".contains($0) }) ?? .nan
            // 12.5 µW, 0.2 % per reading, 20 of them: 5σ.
            try expect(abs(power / 1.25e-5 - 1) < 5 * 0.002 / 20.0.squareRoot(), "it read \(power) W")
        }
        for (defect, words, status) in Self.faults {
            await check("usbtmc: an instrument that \(defect)") { try Self.fault(defect, words, status) }
        }
        for defect in ["split", "no-newline", "left-over"] {
            await check("usbtmc: an instrument whose answers are \(defect) is understood") {
                let read = try Self.meter("--usb-defect \(defect)", Self.read)
                try expect(read.status == 0 && read.output.contains("12.494 µW"), read.output)
            }
        }
        await check("usbtmc: rules give it to the group, and the doctor tells who may not open it") {
            try Self.instrumentAccess()
        }
    }

    /// What it says, and its exit code. After each but the first, the next program reads the same instrument.
    private static let faults = [
        ("unplugs", "the instrument is gone", Int32(7)),
        ("stalls", "answered MEAS:POW? with 'a halt of its endpoint'", 6),
        ("wrong-tag", "answered MEAS:POW? with 'a message that is empty or breaks the rules of USBTMC'", 6),
        ("short-header", "answered MEAS:POW? with 'a message that is empty or breaks the rules of USBTMC'", 6),
        ("late", "did not answer MEAS:POW? within 5000 ms", 9),
        ("silent", "did not answer *IDN? within 2000 ms", 9),
        ("garbage", "answered MEAS:POW? with 'OVER TEMP'", 6),
    ]

    private static func fault(_ defect: String, _ words: String, _ status: Int32) throws {
        let option = ["silent", "garbage"].contains(defect) ? "--defect" : "--usb-defect"
        let again = !["unplugs", "silent"].contains(defect)
        let run = try meter(
            "\(option) \(defect)", "\(read); echo \"exit code $?\"\(again ? "; \(read)" : "")")
        try expect(run.output.contains(words) && run.output.contains("exit code \(status)\n"), run.output)
        if again { try expect(run.status == 0 && run.output.contains("µW (-19.0"), "the next one: \(run.output)") }
    }

    private static let read = "cvqkd power-meter read scpi:/dev/usbtmc0 --readings 5 --accuracy 0.03"

    private static func instrumentAccess() throws {
        let installed = try meter(
            "",
            """
            udevadm settle; stat -c '%G %a' /dev/usbtmc0; readlink -f /dev/cvqkd/usbtmc-SN42
            udevadm test --action=add $(udevadm info --query=path --name=/dev/usbtmc0) 2>&1 | grep 'instruments.rules:'
            setpriv --reuid=65534 --regid=65534 --groups=$(getent group cvqkd | cut -d: -f3) \(folder)\(read)
            """)
        try expect(installed.status == 0 && installed.output.hasPrefix("cvqkd 660\n/dev/usbtmc0\n"), installed.output)
        // What udevd says of our file is what it does by it: no complaint.
        let complaints = installed.output.split(separator: "\n").filter {
            $0.contains("instruments.rules:") && !$0.contains("GROUP 960") && !$0.contains("MODE 0660")
                && !$0.contains("LINK 'cvqkd/usbtmc-SN42'")
        }
        try expect(complaints.isEmpty && installed.output.contains("µW (-19.0"), installed.output)

        let rules = "/run/udev/rules.d/60-cvqkd-instruments.rules"
        defer {
            _ = try? Shell.run(
                "cvqkd doctor --print-rules 60-cvqkd-instruments.rules > \(rules); udevadm control --reload")
        }
        let nobody = "setpriv --reuid=65534 --regid=65534 --clear-groups \(folder)"
        try Shell.run("rm \(rules); udevadm control --reload")
        let without = try meter(
            "",
            """
            \(nobody)\(read); echo "exit code $?"
            \(nobody)cvqkd doctor > /run/vm/doctor; cat /run/vm/doctor
            """)
        try expect(
            without.output.contains("permission denied") && without.output.contains("exit code 4\n"), without.output)
        let doctor = Examination(without.output)
        try expect(doctor.state("instruments usbtmc0") == "WARNING", without.output)
        // Carried out as printed.
        let repair = try doctor.repair("instruments usbtmc0")
        let mended = try meter(
            "",
            "\(repair); udevadm settle; stat -c '%G %a' /dev/usbtmc0; rm /etc/udev/rules.d/60-cvqkd-instruments.rules")
        try expect(mended.output.contains("cvqkd 660\n"), mended.output)
    }

    private static var folder: String { Shell.folder + "/" }

    /// Runs a line of shell while the meter is plugged in; its status and output.
    private static func meter(_ options: String, _ line: String) throws -> Shell.Result {
        try Shell.run(
            """
            /usr/bin/python3 Tests/Instruments/usbtmc_power_meter.py \(options) >/run/vm/meter 2>&1 & meter=$!
            for try in $(seq 150); do [ -e /dev/usbtmc0 ] && break; sleep 0.1; done
            udevadm settle
            [ -e /dev/usbtmc0 ] || cat /run/vm/meter
            \(line)
            status=$?
            kill $meter; wait $meter
            exit $status
            """)
    }
}
