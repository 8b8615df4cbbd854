/** Where the system's programs are. A service manager's PATH may lack sbin, where nginx and sshd are. */
export const systemPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
