package harness

import "syscall"

// dieWithParent lets a process end with the test, even if the test is killed.
func dieWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
